"use strict";
// Progress of a synchronization that runs, as it happens; without this script the page loads itself again.
