import { Agent, get } from "node:http";

const connections = 8;

/** As many requests as so many connections can make in the time; every one must be answered 200 to its end. */
export async function loadFor(url: string, seconds: number): Promise<{ requests: number; elapsed: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const begin = performance.now();
  const end = begin + seconds * 1000;
  let requests = 0;
  const connection = async (): Promise<void> => {
    while (performance.now() < end) {
      await request(url, agent);
      requests += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  agent.destroy();
  return { requests, elapsed: (performance.now() - begin) / 1000 };
}

function request(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url}: ${response.statusCode}`));
      response.on("error", reject);
      response.on("end", resolve);
      response.resume();
    }).on("error", reject);
  });
}
