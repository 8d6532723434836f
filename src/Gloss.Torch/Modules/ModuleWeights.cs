using System.Text;

namespace Gloss.Torch;

/// <summary>Copies weights between modules and named tensors, strictly.</summary>
public static class ModuleWeights
{
    /// <summary>
    /// Copies <paramref name="weights"/> into the parameters of <paramref name="module"/>, converted to their types.
    /// </summary>
    /// <param name="module">The module to fill.</param>
    /// <param name="weights">Tensors by full name.</param>
    /// <param name="mayMiss">Names of parameters that may keep their values; null: none.</param>
    /// <param name="mayIgnore">Names of entries that may be left unused; null: none.</param>
    /// <exception cref="CheckpointException">Entries are missing, unexpected or wrongly shaped; the message lists
    /// all.</exception>
    public static void Load(this Module module, IReadOnlyDictionary<string, Tensor> weights,
        Func<string, bool>? mayMiss = null, Func<string, bool>? mayIgnore = null)
    {
        var shapes = weights.ToDictionary(w => w.Key, w => w.Value.Shape, StringComparer.Ordinal);
        var matched = Match(module, shapes, mayMiss, mayIgnore);
        using var noGradient = GradientMode.None();
        foreach (var (parameter, name) in matched)
            parameter.Value.CopyInPlace(weights[name]);
    }

    /// <summary>
    /// Puts tensors in the place of the parameters of <paramref name="module"/>, each made when its turn comes: no
    /// weight is in memory twice, and none is copied. Names and shapes are checked before the first is read.
    /// </summary>
    /// <param name="module">The module to fill; it owns the tensors.</param>
    /// <param name="shapes">What there is, by full name.</param>
    /// <param name="read">Makes the tensor of a name; null keeps the parameter's values.</param>
    /// <exception cref="CheckpointException">Entries are missing, unexpected or wrongly shaped; the message lists
    /// all.</exception>
    public static void Load(this Module module, IReadOnlyDictionary<string, long[]> shapes, Func<string, Tensor?> read)
    {
        using var noGradient = GradientMode.None();
        foreach (var (parameter, name) in Match(module, shapes, mayMiss: null, mayIgnore: null))
        {
            using var scope = TensorScope.Begin();
            if (read(name) is { } value)
                parameter.Replace(value);
        }
    }

    /// <summary>
    /// As above, with values as a file stores them for the parameters that may stay so
    /// (<see cref="Parameter.MayStayStored"/>).
    /// </summary>
    /// <param name="module">The module to fill; it owns the values.</param>
    /// <param name="shapes">What there is, by full name.</param>
    /// <param name="open">The values of a name, which the caller gives away; null keeps the parameter's.</param>
    /// <exception cref="CheckpointException">
    /// Entries are missing, unexpected or wrongly shaped; the message lists all.
    /// </exception>
    internal static void Load(this Module module, IReadOnlyDictionary<string, long[]> shapes,
        Func<string, StoredTensor?> open)
    {
        using var noGradient = GradientMode.None();
        foreach (var (parameter, name) in Match(module, shapes, mayMiss: null, mayIgnore: null))
        {
            if (open(name) is not { } stored)
                continue;
            if (stored.Values.Type == ScalarType.Float32)
                parameter.Replace(stored.Values);
            else
                parameter.Replace(stored);
            if (!parameter.MayStayStored)
                _ = parameter.Value;
        }
    }

    /// <summary>
    /// Under which of the names there are each parameter of <paramref name="module"/> would be loaded, by the
    /// parameter's own full name. Shared parameters may be there under several: all are returned.
    /// </summary>
    /// <exception cref="CheckpointException">Entries are missing, unexpected or wrongly shaped; the message lists
    /// all.</exception>
    public static Dictionary<string, string[]> MatchNames(this Module module,
        IReadOnlyDictionary<string, long[]> shapes)
    {
        var matched = Match(module, shapes, mayMiss: null, mayIgnore: null);
        var all = module.AllNames().Where(n => shapes.ContainsKey(n.Name))
            .ToLookup(n => n.Parameter, n => n.Name, ReferenceEqualityComparer.Instance);
        return module.NamedParameters().Where(p => matched.ContainsKey(p.Parameter))
            .ToDictionary(p => p.Name, p => all[p.Parameter].ToArray(), StringComparer.Ordinal);
    }

    /// <summary>The parameters by full name, each once; the tensors stay the module's.</summary>
    public static Dictionary<string, Tensor> State(this Module module) =>
        module.NamedParameters().ToDictionary(p => p.Name, p => p.Parameter.Value, StringComparer.Ordinal);

    private static Dictionary<Parameter, string> Match(Module module, IReadOnlyDictionary<string, long[]> shapes,
        Func<string, bool>? mayMiss, Func<string, bool>? mayIgnore)
    {
        var byParameter = new Dictionary<Parameter, string>(ReferenceEqualityComparer.Instance);
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, parameter) in module.AllNames())
        {
            known.Add(name);
            if (shapes.ContainsKey(name))
                byParameter.TryAdd(parameter, name);
        }

        var missing = module.NamedParameters()
            .Where(p => !byParameter.ContainsKey(p.Parameter) && mayMiss?.Invoke(p.Name) != true)
            .Select(p => $"{p.Name} {Tensor.DescribeShape(p.Parameter.Shape)}").ToList();
        var unexpected = shapes.Keys.Where(name => !known.Contains(name) && mayIgnore?.Invoke(name) != true).ToList();
        var wrong = byParameter.Where(p => !p.Key.Shape.AsSpan().SequenceEqual(shapes[p.Value]))
            .Select(p => $"{p.Value}: expected {Tensor.DescribeShape(p.Key.Shape)}, " +
                $"got {Tensor.DescribeShape(shapes[p.Value])}")
            .ToList();
        return missing.Count + unexpected.Count + wrong.Count == 0
            ? byParameter
            : throw new CheckpointException(Faults(module, missing, unexpected, wrong));
    }

    private static string Faults(Module module, List<string> missing, List<string> unexpected, List<string> wrong)
    {
        var message = new StringBuilder($"the weights do not fit {module.GetType().Name}");
        void Append(string what, List<string> names)
        {
            if (names.Count > 0)
                message.Append($"\n  {names.Count} {what}: {string.Join(", ", names)}");
        }
        Append("missing", missing);
        Append("unexpected", unexpected);
        Append("of another shape", wrong);
        return message.Append("\n  hint: is this the config that belongs to the weights?").ToString();
    }
}
