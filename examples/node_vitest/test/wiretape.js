// What a test sees of the replay server: a session of its own, with the whole tape in it.

import OpenAI from "openai";
import { expect, inject, test as base } from "vitest";

class Session {
  constructor(url, name) {
    this.url = `${url}/__session/${encodeURIComponent(name)}`;
  }

  /** A client whose requests belong to this session; `fault` breaks every answer it gets. */
  client(fault) {
    return new OpenAI({
      baseURL: `${this.url}/openai/v1`,
      apiKey: "any",
      defaultHeaders: fault && { "X-Wiretape-Fault": fault },
    });
  }

  /** Ask the control API about this session. */
  async control(call, options) {
    const response = await fetch(`${this.url}/__wiretape/${call}`, options);
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.detail);
    return answer;
  }
}

export const test = base.extend({
  async wiretape({ task }, use) {
    const session = new Session(inject("wiretape"), `${task.file.name} ${task.name}`);
    await session.control("reset", { method: "POST" }); // It may be a retry.
    await use(session);
    // Even if the code under test swallowed the error.
    const { entries } = await session.control("journal?outcome=unmatched");
    expect(entries.map((entry) => entry.miss), "requests that are not on the tape").toEqual([]);
  },
});
