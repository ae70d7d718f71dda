# A minimal image for CI: the program and Node, nothing else. Build it from a checkout: docker build -t kubesec-lint .
FROM node:20-slim AS build
WORKDIR /src
COPY . .
RUN npm ci && npm run build && npm pack --silent && mv kubesec-lint-*.tgz /kubesec-lint.tgz

FROM node:20-slim
COPY --from=build /kubesec-lint.tgz /tmp/kubesec-lint.tgz
RUN npm install --global --omit=dev /tmp/kubesec-lint.tgz && rm /tmp/kubesec-lint.tgz
USER node
WORKDIR /manifests
ENTRYPOINT ["kubesec-lint"]
CMD ["."]
