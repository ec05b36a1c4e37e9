// Files as bytes, unpacked where they are packed.

const PACKED = ".gzipped"; // not .gz, which some servers have unpacked on the way

/** Promises the bytes of a file. */
export async function bytesAt(address) {
  const response = await fetch(address);
  const { pathname } = new URL(address, self.location.href);
  if (!response.ok) {
    const said = response.headers.get("content-type")?.startsWith("text/plain");
    const why = said ? `: ${(await response.text()).slice(0, 300)}` : ` (${response.status}).`;
    throw new Error(`${pathname} does not come${why}`);
  }
  if (!pathname.endsWith(PACKED)) return response.arrayBuffer();
  return unpacked(response.body);
}

/** Promises the bytes that a packed stream holds. */
export const unpacked = (stream) =>
  new Response(stream.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
