/** Bytes of a text on the wire. (A Blob knows too, but asks the browser's main process each time.) */
export const bytesOf = (text: string): number => new TextEncoder().encode(text).length;
