package dev.pocketagent.registry.reservation;

import dev.pocketagent.kit.problem.ProblemType;

/** What can be wrong with reservations only. */
enum ReservationProblem implements ProblemType {
    RESERVATION_ENDED(409, "The reservation has ended."), REPLACEMENT_OPEN(409,
            "Another reservation is about to take its place.");

    private final int status;
    private final String title;

    ReservationProblem(int status, String title) {
        this.status = status;
        this.title = title;
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public String title() {
        return title;
    }
}
