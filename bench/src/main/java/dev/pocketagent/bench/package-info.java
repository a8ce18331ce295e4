/**
 * Where the benchmarks' own JVM begins. A benchmark is a package below; what creates load and reads clocks is in {@code
 * load} and knows no service.
 */
@NullMarked
package dev.pocketagent.bench;

import org.jspecify.annotations.NullMarked;
