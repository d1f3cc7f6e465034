// Flat lists with parents, made into the trees that cascaders show.

export interface Flat {
  code: string
  name: string
  parent: string | null
}

export type Branch = {
  value: string
  label: string
  children?: Branch[]
}

/** Return the trees of `flat`; an entry whose parent is not in the list is a root. */
export function trees(flat: readonly Flat[]): Branch[] {
  const branches = new Map(flat.map(({ code, name }) => [code, { value: code, label: name } as Branch]))
  const roots: Branch[] = []
  for (const { code, parent } of flat) {
    const branch = branches.get(code)!
    const above = parent === null ? undefined : branches.get(parent)
    if (above) (above.children ??= []).push(branch)
    else roots.push(branch)
  }
  return roots
}
