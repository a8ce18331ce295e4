/**
 * Reading: context, prompt, files, revisions and skills of what is live, with entity tags and their age. Reads the pointer and the store
 * and changes nothing; rendering is plain Java.
 */
@NullMarked
package dev.pocketagent.sync.serve;

import org.jspecify.annotations.NullMarked;
