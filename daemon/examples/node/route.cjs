// Picks the model over tierd's Unix socket with undici, then asks an OpenAI-style server.
//
//   node route.cjs SOCKET URL QUESTION...
//
// Prints a line a question: the model, what the call will cost, the answer. The client
// keeps one connection to tierd and pipelines nothing, so that questions are asked one
// after the other; give `pipelining` or a Pool for many at once.
"use strict";
const { Client, request } = require("undici");

async function pick(tierd, body) {
  const { statusCode, body: answer } = await tierd.request({
    method: "POST",
    path: "/v1/route",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const decision = await answer.json();
  if (statusCode !== 200) throw new Error(`tierd: ${decision.detail}`);
  return decision;
}

async function ask(url, body) {
  const { statusCode, body: answer } = await request(url + "/chat/completions", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${process.env.OPENAI_API_KEY ?? ""}`,
    },
    body: JSON.stringify(body),
  });
  const completion = await answer.json();
  if (statusCode !== 200) throw new Error(`${url}: ${JSON.stringify(completion.error)}`);
  return completion.choices[0].message.content;
}

async function main([socketPath, url, ...questions]) {
  const tierd = new Client("http://localhost", { socketPath });
  for (const content of questions) {
    const body = { model: "auto", messages: [{ role: "user", content }] };
    const { model, cost } = await pick(tierd, body);
    console.log(`${model}\t${cost.expected} USD\t${await ask(url, { ...body, model })}`);
  }
  await tierd.close();
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
