// main.js - sets the page going.

startTheme();
startPlayground();
startLive();
