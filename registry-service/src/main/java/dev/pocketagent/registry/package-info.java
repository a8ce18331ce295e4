/**
 * The account side of the platform. Features are packages below; they depend on each other in one direction:
 * bootstrap, export, pocketbase and webhook, key and reservation, tenant, quota and plan, and all of them on event and audit.
 * Here is only what the features share and the API's own description; no domain rule ever comes in.
 */
@NullMarked
package dev.pocketagent.registry;

import org.jspecify.annotations.NullMarked;
