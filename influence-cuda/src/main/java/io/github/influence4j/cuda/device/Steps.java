/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;

/**
 * The steps of operations, in two turns: rows of the host go to memory of a step's turn, so those
 * of the next step cross over while the kernels of this one read theirs.
 */
final class Steps {
  private final CUstream_st stream;
  private final CUevent_st[] over = {new CUevent_st(), new CUevent_st()};
  private int turn;

  Steps(CUstream_st stream) {
    this.stream = stream;
  }

  /** Makes the events; {@link #close} destroys them. */
  void open() {
    for (CUevent_st event : over) {
      CudaException.check(
          cudart.cudaEventCreateWithFlags(event, cudart.cudaEventDisableTiming),
          "cudaEventCreateWithFlags");
    }
  }

  /** The next step begins: all that this one does is queued. */
  void next() {
    CudaException.check(cudart.cudaEventRecord(over[turn], stream), "cudaEventRecord");
    turn = 1 - turn;
  }

  /** Happens when the last step of this turn, the one before the last, is over. */
  CUevent_st lastOfTurn() {
    return over[turn];
  }

  /** The memory of this turn for the rows of a side. */
  Scratch.Slot slot(Scratch.Slot side) {
    if (turn == 0) {
      return side;
    }
    return side == Scratch.Slot.RAW_ACTIVATIONS
        ? Scratch.Slot.OTHER_RAW_ACTIVATIONS
        : Scratch.Slot.OTHER_RAW_GRADIENTS;
  }

  void close(Releases releases) {
    for (CUevent_st event : over) {
      if (!event.isNull()) {
        releases.run(() -> CudaException.check(cudart.cudaEventDestroy(event), "cudaEventDestroy"));
        event.setNull();
      }
    }
  }
}
