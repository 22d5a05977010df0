-- The queue's own tables, made by its library under a role that sees nothing else. Losing them loses nothing.
create schema bullmq authorization soupcon_queue;
