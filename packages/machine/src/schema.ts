export const bootProperties = {} as const;
export const bootTestProperties = {} as const;
