/**
 * The first keys: the operator's and those of the services are made offline, as files, and made known here at start, so
 * that no default credential exists. Depends on keys; nothing depends on it.
 */
@NullMarked
package dev.pocketagent.registry.bootstrap;

import org.jspecify.annotations.NullMarked;
