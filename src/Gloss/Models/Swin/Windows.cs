using Gloss.Torch;

namespace Gloss.Models.Swin;

/// <summary>Cuts maps of tokens into square windows and joins them again.</summary>
public static class Windows
{
    /// <summary>(B, H, W, C), H and W multiples of the window, to (B, windows, window², C).</summary>
    public static Tensor Partition(Tensor x, long window)
    {
        using var scope = TensorScope.Begin();
        var (B, H, W, C) = (x.Size(0), x.Size(1), x.Size(2), x.Size(3));
        return scope.Return(x
            .Reshape(B, H / window, window, W / window, window, C)
            .Permute(0, 1, 3, 2, 4, 5)
            .Reshape(B, H / window * (W / window), window * window, C)); // (B, nW, T, C)
    }

    /// <summary>The reverse of <see cref="Partition"/> for a map of H × W.</summary>
    public static Tensor Join(Tensor windows, long window, long H, long W)
    {
        using var scope = TensorScope.Begin();
        var (B, C) = (windows.Size(0), windows.Size(-1));
        return scope.Return(windows
            .Reshape(B, H / window, W / window, window, window, C)
            .Permute(0, 1, 3, 2, 4, 5)
            .Reshape(B, H, W, C)); // (B, H, W, C)
    }

    /// <summary>
    /// For a map of H × W that was shifted cyclically: 0 where two tokens of a window come from one region of the
    /// picture, −100 where the shift made them neighbours; (windows, 1, window², window²).
    /// </summary>
    public static Tensor ShiftMask(long H, long W, long window, long shift)
    {
        long Band(long position, long size) => position < size - window ? 0 : position < size - shift ? 1 : 2;
        var (across, tokens) = (W / window, window * window);
        var count = H / window * across;
        var mask = new float[count * tokens * tokens];
        var region = new long[tokens];
        for (long n = 0; n < count; n++)
        {
            for (long t = 0; t < tokens; t++)
                region[t] = 3 * Band(n / across * window + t / window, H) + Band(n % across * window + t % window, W);
            for (long i = 0; i < tokens; i++)
            {
                for (long j = 0; j < tokens; j++)
                    mask[(n * tokens + i) * tokens + j] = region[i] == region[j] ? 0 : -100;
            }
        }
        return Tensor.FromData(mask, count, 1, tokens, tokens);
    }
}
