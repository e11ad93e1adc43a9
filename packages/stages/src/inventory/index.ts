export { systemInventory, type SystemInventory } from './system-inventory.js';
