package dev.pocketagent.provisioner.engine;

import java.nio.charset.StandardCharsets;

import dev.pocketagent.provisioner.backend.ServiceSpec;
import dev.pocketagent.provisioner.backend.StackSpec;

/**
 * Gives the root directory of a fresh volume to the service's user. Engines make it root's, or copy the owner of the image's directory,
 * and a container without capabilities cannot change that from inside. Unpacking an archive that holds only the directory itself does,
 * without a helper container and its image.
 */
final class Ownership {

    private static final int BLOCK = 512;

    private Ownership() {}

    /** A volume that several services write belongs to the first of them. */
    static boolean belongsTo(StackSpec stack, ServiceSpec.Mount mount, ServiceSpec service) {
        return !mount.readOnly() && stack.services().values().stream()
                .filter(other -> other.volumes().stream()
                        .anyMatch(its -> its.volume().equals(mount.volume()) && !its.readOnly()))
                .findFirst().filter(first -> first.name().equals(service.name())).isPresent();
    }

    /** A tar archive (ustar) with the one entry {@code /}, mode 0755. */
    static byte[] archive(ServiceSpec.User user) {
        // One header and two empty blocks as the end.
        byte[] tar = new byte[3 * BLOCK];
        // Not "./": Docker skips that entry.
        put(tar, 0, "/");
        put(tar, 100, "0000755\0");
        put(tar, 108, number(user.uid()));
        put(tar, 116, number(user.gid()));
        put(tar, 124, "00000000000\0");
        put(tar, 136, "00000000000\0");
        put(tar, 148, "        ");
        put(tar, 156, "5");
        put(tar, 257, "ustar\00000");
        int sum = 0;
        for (int i = 0; i < BLOCK; i++) {
            sum += tar[i] & 0xff;
        }
        put(tar, 148, String.format("%06o\0 ", sum));
        return tar;
    }

    /** Seven octal digits, or for ids above 2097151 the base-256 form that both engines read too. */
    private static byte[] number(int id) {
        if (id <= 07777777) {
            return String.format("%07o\0", id).getBytes(StandardCharsets.US_ASCII);
        }
        byte[] field = new byte[8];
        field[0] = (byte) 0x80;
        for (int i = 0; i < 4; i++) {
            field[7 - i] = (byte) (id >>> 8 * i);
        }
        return field;
    }

    private static void put(byte[] tar, int offset, String text) {
        put(tar, offset, text.getBytes(StandardCharsets.US_ASCII));
    }

    private static void put(byte[] tar, int offset, byte[] bytes) {
        System.arraycopy(bytes, 0, tar, offset, bytes.length);
    }
}
