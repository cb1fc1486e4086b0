/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.testing.SortedJniContract;

class SortedJniTest extends SortedJniContract {}
