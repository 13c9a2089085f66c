// A client whose types are generated from the document of ToolHive: groups, a workload, its logs, and its end.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

const base = process.argv[2];
const api = createClient<paths>({ baseUrl: base });
const name = "maps";

async function settle(wanted: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const { data, response } = await api.GET("/api/v1beta/workloads/{name}/status", { params: { path: { name } } });
    if ((response.status === 404 ? "gone" : data?.status) === wanted) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  assert.fail(`${name} is not ${wanted}`);
}

const version = await api.GET("/api/v1beta/version");
assert.ok(version.data?.version);
assert.equal((await api.GET("/health")).response.status, 204);

const group = await api.POST("/api/v1beta/groups", { body: { name: "travel" } });
assert.equal(group.response.status, 201);
assert.equal(group.data?.name, "travel");
const again = await api.POST("/api/v1beta/groups", { body: { name: "travel" } });
assert.equal(again.response.status, 409);
assert.match(String(again.error), /travel/);
const groups = await api.GET("/api/v1beta/groups");
assert.ok(groups.data?.groups?.some((one) => one.name === "travel"));

const made = await api.POST("/api/v1beta/workloads", {
  body: { name, image: "ghcr.io/example/maps:1.0.0", group: "travel", transport: "streamable-http", tools: ["route"] },
});
assert.equal(made.response.status, 201);
await settle("running");
const list = await api.GET("/api/v1beta/workloads", { params: { query: { all: true, group: "travel" } } });
const row = list.data?.workloads?.[0];
assert.deepEqual([row?.name, row?.status, row?.port], [name, "running", made.data?.port]);
const config = await api.GET("/api/v1beta/workloads/{name}", { params: { path: { name } } });
assert.deepEqual(config.data?.tools, ["route"]);

for (const path of ["/api/v1beta/workloads/{name}/logs", "/api/v1beta/workloads/{name}/proxy-logs"] as const) {
  const logs = await api.GET(path, { params: { path: { name } }, parseAs: "text" });
  assert.match(String(logs.data), /maps/);
}

const stopped = await api.POST("/api/v1beta/workloads/{name}/stop", { params: { path: { name } } });
assert.equal(stopped.response.status, 202);
await settle("stopped");
const removed = await api.DELETE("/api/v1beta/workloads/{name}", { params: { path: { name } } });
assert.equal(removed.response.status, 202);
await settle("gone");
const end = await api.DELETE("/api/v1beta/groups/{name}", { params: { path: { name: "travel" } } });
assert.equal(end.response.status, 204);
const gone = await api.GET("/api/v1beta/groups/{name}", { params: { path: { name: "travel" } } });
assert.equal(gone.response.status, 404);
console.log("all taken");
