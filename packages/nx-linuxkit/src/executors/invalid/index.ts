/** What every target of an OS runs whose YAML cannot be read: says why. */
export default async function invalidExecutor({
  message,
}: {
  message: string;
}): Promise<{ success: boolean }> {
  console.error(message);
  return { success: false };
}
