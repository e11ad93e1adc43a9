/** Fails with a message. All targets of an OS run this executor if its YAML cannot be read. */
export default async function invalidExecutor({
  message,
}: {
  message: string;
}): Promise<{ success: boolean }> {
  console.error(message);
  return { success: false };
}
