/**
 * A tenant's data as one zip file of JSON lines, for the tenant to take along and for the auditor. Streams: nothing is held
 * in memory or on disk. The features bring the parts ({@link dev.pocketagent.registry.ExportPart}); here is only how they
 * become a file. Nothing depends on this package.
 */
@NullMarked
package dev.pocketagent.registry.export;

import org.jspecify.annotations.NullMarked;
