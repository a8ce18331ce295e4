package dev.pocketagent.cli.doctor;

/**
 * What one check found.
 *
 * @param cure what to do about it; empty when it is fine
 */
record Finding(String name, Level level, String found, String cure) {

    /** How bad it is. */
    enum Level {
        ok, warn, fail
    }

    static Finding ok(String name, String found) {
        return new Finding(name, Level.ok, found, "");
    }

    static Finding warn(String name, String found, String cure) {
        return new Finding(name, Level.warn, found, cure);
    }

    static Finding fail(String name, String found, String cure) {
        return new Finding(name, Level.fail, found, cure);
    }
}
