/**
 * How configuration reaches a service beyond what Quarkus reads by itself: secrets come as files, never as values in the
 * environment. No settings of any feature.
 */
@NullMarked
package dev.pocketagent.kit.config;

import org.jspecify.annotations.NullMarked;
