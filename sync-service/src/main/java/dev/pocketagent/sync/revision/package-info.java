/**
 * What a revision is: an immutable list of files, known by the content hash of its tree, and the rules a tree has to pass before anybody
 * may see it. Plain Java without git, database or framework; both git trees and local folders are judged here, by the same rules. Reading
 * and writing of files never comes in.
 */
@NullMarked
package dev.pocketagent.sync.revision;

import org.jspecify.annotations.NullMarked;
