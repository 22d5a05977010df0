# The service in one image; `docker-compose.yml` starts its parts. Nothing in it needs a writable file system but /data,
# and that only where no DATABASE_URL is given.
FROM node:20-bookworm-slim AS build
WORKDIR /soupcon
COPY package.json package-lock.json .npmrc ./
COPY packages ./packages
COPY apps ./apps
COPY test ./test
COPY migrations ./migrations
COPY tsconfig.json tsconfig.base.json ./
RUN npm ci --ignore-scripts && npm run build && npm prune --omit=dev --ignore-scripts \
  && find packages apps -name '*.ts' -path '*/src/*' -delete && rm -rf test

FROM node:20-bookworm-slim
ENV NODE_ENV=production SOUPCON_HOST=0.0.0.0 SOUPCON_PORT=8080 SOUPCON_DATA_DIR=/data
WORKDIR /soupcon
COPY --from=build /soupcon ./
COPY LICENSE ./
# Volumes take the owner of what they are mounted over.
RUN mkdir /data /registry /registry-data && chown node:node /data /registry /registry-data
USER node
EXPOSE 8080
VOLUME /data
ENTRYPOINT ["node", "apps/cli/bin/soupcon.js"]
CMD ["serve"]
