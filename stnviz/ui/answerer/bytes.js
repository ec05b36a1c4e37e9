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
  const unpacked = response.body.pipeThrough(new DecompressionStream("gzip"));
  return new Response(unpacked).arrayBuffer();
}
