namespace Gloss.Training;

/// <summary>
/// Seeds derived from seeds, and orders from seeds, by SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom
/// number generators", 2014): what is random at a place is a function of that place, so resuming needs no stored state.
/// </summary>
public static class Seeds
{
    /// <summary>
    /// A seed for a place, for example (seed, epoch, batch). Places that differ give unrelated seeds.
    /// </summary>
    public static ulong Derive(ulong seed, params ReadOnlySpan<ulong> place)
    {
        var state = Mix(seed);
        foreach (var part in place)
            state = Mix(state ^ Mix(part + 0x632BE59BD9B4E019));
        return state;
    }

    /// <summary>The numbers 0 … <paramref name="count"/> − 1 in random order (Fisher and Yates).</summary>
    public static int[] Permutation(ulong seed, int count)
    {
        var order = new int[count];
        for (var i = 0; i < count; i++)
            order[i] = i;
        for (var i = count - 1; i > 0; i--)
        {
            seed += 0x9E3779B97F4A7C15;
            // The high half of a 64 × 32-bit product: even to one part in 2³².
            var j = (int)Math.BigMul(Mix(seed), (ulong)(i + 1), out _);
            (order[i], order[j]) = (order[j], order[i]);
        }
        return order;
    }

    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
