namespace Gloss.Torch.Inference;

/// <summary>Rows and columns of zeros around a convolution's input.</summary>
/// <param name="Top">Rows above.</param>
/// <param name="Left">Columns to the left.</param>
/// <param name="Bottom">Rows below.</param>
/// <param name="Right">Columns to the right.</param>
public readonly record struct ConvolutionPadding(int Top, int Left, int Bottom, int Right)
{
    /// <summary>As much on every side.</summary>
    public static ConvolutionPadding All(int size) => new(size, size, size, size);

    /// <summary>
    /// TensorFlow's SAME: the output has ⌈size / stride⌉ rows; where the zeros are odd in number, the one more lies
    /// below and to the right.
    /// </summary>
    public static ConvolutionPadding Same(int height, int width, int kernel, int stride, int dilation = 1)
    {
        var rows = Total(height, kernel, stride, dilation);
        var columns = Total(width, kernel, stride, dilation);
        return new(rows / 2, columns / 2, rows - rows / 2, columns - columns / 2);
    }

    private static int Total(int size, int kernel, int stride, int dilation) =>
        Math.Max(((size + stride - 1) / stride - 1) * stride + (kernel - 1) * dilation + 1 - size, 0);
}
