/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.testing.SortedJniContract;

class SortedJniTest extends SortedJniContract {}
