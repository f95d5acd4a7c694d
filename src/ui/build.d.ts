/** Names this build of the page; the bundler fills it in. */
declare const __BUILD__: string
