import { embeddedServer } from './test-server.ts';

/** A process that uses the tests' server in a directory until it is killed; says where that is. */
const url = await embeddedServer(process.argv[2] ?? '', 1_000);
process.stdout.write(`${JSON.stringify({ url })}\n`);
process.stdin.resume();
