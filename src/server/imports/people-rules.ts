/** Rows that name the same people, directly or through others: of a name only its number is known. */
export interface Kinship {
  /** These names stand in one row. */
  join(names: readonly number[]): void;
  /** The same for all rows that are connected; ask after every row was told. */
  familyOf(name: number): number;
}

export function kinship(): Kinship {
  const parents = new Map<number, number>();
  function familyOf(name: number): number {
    let first = name;
    for (let next = parents.get(first); next !== undefined; next = parents.get(first)) first = next;
    // Whoever was met on the way is led straight there from now on.
    for (let at = name; at !== first;) {
      const next = parents.get(at) ?? first;
      parents.set(at, first);
      at = next;
    }
    return first;
  }
  return {
    familyOf,
    join([first, ...others]) {
      if (first === undefined) return;
      for (const other of others) {
        const [one, two] = [familyOf(first), familyOf(other)];
        if (one !== two) parents.set(two, one);
      }
    },
  };
}

/**
 * Families in groups of at most so many rows, each whole in one of them; one that is larger is cut into pieces. A group is
 * told as rounds: the first rows of all its families, their second rows and so on, so that no two rows of a round name
 * the same people.
 */
export function groupsOf<Row>(families: Iterable<readonly Row[]>, most: number): Row[][][] {
  const groups: Row[][][] = [];
  let rounds: Row[][] = [];
  let size = 0;
  const close = () => {
    if (size > 0) groups.push(rounds);
    rounds = [];
    size = 0;
  };
  for (const family of families)
    for (let from = 0; from < family.length; from += most) {
      const piece = family.slice(from, from + most);
      if (size + piece.length > most) close();
      piece.forEach((row, round) => (rounds[round] ??= []).push(row));
      size += piece.length;
    }
  close();
  return groups;
}
