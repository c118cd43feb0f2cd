/** Asks again until `check` stops throwing, for at most ten seconds; then throws what it threw last. */
export async function eventually<T>(check: () => T | Promise<T>, patience = 10_000): Promise<T> {
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
