// The REST interface as a signed-in user.
import https from "node:https";
import { password } from "./trellis.mjs";

function post(server, path, body, headers = {}) {
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const request = https.request(`${server.origin}${path}`, {
      method: "POST",
      rejectUnauthorized: false,
      headers: { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text), Origin: server.origin, ...headers },
    }, (response) => {
      let answer = "";
      response.setEncoding("utf8");
      response.on("data", (piece) => (answer += piece));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: answer ? JSON.parse(answer) : {} }));
    });
    request.on("error", reject);
    request.end(text);
  });
}

/** Signs in; gives `call(command, args)`, which throws an Error with `code` and `status`. */
export async function restUser(server, name, secret = password) {
  const login = await post(server, "/api/login", { name, password: secret });
  if (login.status !== 200) throw new Error(`login as ${name}: ${login.status} ${JSON.stringify(login.body)}`);
  const headers = { Cookie: String(login.headers["set-cookie"]).split(";")[0], "X-CSRF-Token": login.body.csrf };
  return {
    id: login.body.user.id,
    cookie: headers.Cookie,
    async call(command, args = {}) {
      const { status, body } = await post(server, `/api/v1/${command}`, args, headers);
      if (status === 200) return body;
      throw Object.assign(new Error(body.error?.message ?? `status ${status}`), { code: body.error?.code, field: body.error?.field, status });
    },
  };
}
