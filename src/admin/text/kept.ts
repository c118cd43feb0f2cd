/** What is made for a language, made once: it takes longer to make such a thing than to write a hundred values with it. */
export function kept<Made>(make: (tag: string) => Made): (tag: string) => Made {
  const made = new Map<string, Made>();
  return (tag) => {
    const found = made.get(tag) ?? make(tag);
    made.set(tag, found);
    return found;
  };
}
