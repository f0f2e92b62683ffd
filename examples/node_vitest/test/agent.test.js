import { expect } from "vitest";

import { run } from "../agent.js";
import { test } from "./wiretape.js";

test.for([
  ["Oslo", "It is 13 °C in Oslo, or 55 °F. "],
  ["Zürich", "It is 4 °C in Zürich, or 39 °F. "],
])("says how warm it is in %s", async ([city, answer], { wiretape }) => {
  expect(await run(`How warm is it in ${city}?`, wiretape.client())).toBe(answer);
});

test("shows the answer while it comes", async ({ wiretape }) => {
  const pieces = [];
  await run("How warm is it in Oslo?", wiretape.client(), (text) => pieces.push(text));
  expect(pieces.length).toBeGreaterThan(5);
});

test("tells the model what a tool said", async ({ wiretape }) => {
  await run("How warm is it in Oslo?", wiretape.client());
  const request = { path: "*/chat/completions", contains: '"tool_call_id"' };
  const body = JSON.stringify({ request, exactly: 2 });
  await wiretape.control("verify", { method: "POST", body });
});
