/** Kit. */
@org.jspecify.annotations.NullMarked
package dev.pocketagent.kit;
