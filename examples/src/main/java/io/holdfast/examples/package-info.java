/** The code samples of the documentation, compiled and run. */
package io.holdfast.examples;
