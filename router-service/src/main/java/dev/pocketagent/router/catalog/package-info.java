/**
 * Which models there are, what they cost, and which of them a request gets. Plain Java that knows names, prices and the
 * health it is told; no HTTP, no database and no provider's wire format ever come in.
 */
@NullMarked
package dev.pocketagent.router.catalog;

import org.jspecify.annotations.NullMarked;
