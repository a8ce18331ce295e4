/** A small service for the kit's own tests. */
package dev.pocketagent.testkit.toy;
