export declare function buildDevice(place: { outDir: string }): Promise<{ modules: string[] }>;
