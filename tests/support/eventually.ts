/**
 * Asks again until `check` stops throwing; then throws what it threw last. The patience is that of a machine which does
 * ten other things at once: it is spent only where a test fails.
 */
export async function eventually<T>(check: () => T | Promise<T>, patience = 90_000): Promise<T> {
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
