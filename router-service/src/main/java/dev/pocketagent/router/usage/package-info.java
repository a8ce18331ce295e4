/**
 * Who used what and what it cost: rows from the data path to the database without loss, and the API that shows them. The
 * way is memory, then a synced file within 200 ms, then PostgreSQL; the file goes when the rows are stored. Knows models
 * and prices by name only; nothing here ever waits on the event loop. Of an erased
 * tenant sums without it are all that stays.
 */
@NullMarked
package dev.pocketagent.router.usage;

import org.jspecify.annotations.NullMarked;
