/**
 * The registry with very many tenants: a data set as it would have grown, made anew or used again, and the figures of one
 * service on it. Knows the registry's API and schema, and of its code only the arithmetic of audit chains.
 */
@NullMarked
package dev.pocketagent.bench.registry;

import org.jspecify.annotations.NullMarked;
