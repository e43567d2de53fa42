import { defineConfig } from 'vite';
import { JSX, jsx } from './build/jsx.ts';
import { parts } from './build/parts.ts';
import { precache } from './build/precache.ts';
import { words } from './build/words.ts';

const SERVER = process.env['SENDOFF_SERVER'] ?? 'http://127.0.0.1:8000';

// The demo's pages are built apart (`--mode demo`): what they shared with the app would be a file of its own, which every
// tablet would have to load beside it.
export default defineConfig(({ mode }) => ({
  plugins: [jsx(), words(), ...(mode === 'demo' ? [] : [parts(), precache()])],
  oxc: { jsx: JSX },
  // `vite` alone is for developing: the pages come from here, everything with data from Django.
  server: { proxy: { '/api': SERVER, '/demo/state': SERVER, '/demo/jump': SERVER, '/demo/enter': SERVER } },
  build: {
    target: 'es2022',
    copyPublicDir: mode !== 'demo',
    // The content security policy allows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: mode === 'demo' ? { demo: 'demo.html', phone: 'phone.html' } : { index: 'index.html', sw: 'src/sw.ts' },
      output: {
        // Twelve hex digits: what WhiteNoise takes for a name that may be cached for ever.
        hashCharacters: 'hex',
        // A service worker is known by its address, so its name carries no hash.
        entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'app-assets/[name].[hash:12].js'),
        chunkFileNames: 'app-assets/[name].[hash:12].js',
        assetFileNames: 'app-assets/[name].[hash:12][extname]',
      },
    },
  },
}));
