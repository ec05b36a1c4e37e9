// Files as bytes, unpacked where they are packed.

const PACKED = ".gzipped"; // not .gz, which some servers have unpacked on the way

/** Promises the bytes of a file; told(bytes, of) is called while it comes, if the server says how long it is. */
export async function bytesAt(address, told) {
  const response = await fetch(address);
  const { pathname } = new URL(address, self.location.href);
  if (!response.ok) {
    const said = response.headers.get("content-type")?.startsWith("text/plain");
    const why = said ? `: ${(await response.text()).slice(0, 300)}` : ` (${response.status}).`;
    throw new Error(`${pathname} does not come${why}`);
  }
  const body = told ? counted(response, told) : response.body;
  return pathname.endsWith(PACKED) ? unpacked(body) : new Response(body).arrayBuffer();
}

/** The body of a response, counted as it comes. */
function counted({ headers, body }, told) {
  const of = headers.has("content-encoding") ? 0 : Number(headers.get("content-length"));
  if (!of) return body;
  let bytes = 0;
  const count = new TransformStream({
    transform(chunk, out) {
      bytes += chunk.length;
      told(bytes, of);
      out.enqueue(chunk);
    },
  });
  return body.pipeThrough(count);
}

/** Promises the bytes that a packed stream holds. */
export const unpacked = (stream) =>
  new Response(stream.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
