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
    /// <exception cref="CheckpointException">Entries are missing, unexpected or wrongly shaped; the message lists all.</exception>
    public static void Load(this Module module, IReadOnlyDictionary<string, Tensor> weights,
        Func<string, bool>? mayMiss = null, Func<string, bool>? mayIgnore = null)
    {
        var byParameter = new Dictionary<Parameter, string>(ReferenceEqualityComparer.Instance);
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, parameter) in module.AllNames())
        {
            known.Add(name);
            if (weights.ContainsKey(name))
                byParameter.TryAdd(parameter, name);
        }

        var missing = module.NamedParameters().Where(p => !byParameter.ContainsKey(p.Parameter) && mayMiss?.Invoke(p.Name) != true)
            .Select(p => $"{p.Name} {Tensor.DescribeShape(p.Parameter.Value.Shape)}").ToList();
        var unexpected = weights.Keys.Where(name => !known.Contains(name) && mayIgnore?.Invoke(name) != true).ToList();
        var wrong = byParameter.Where(p => !p.Key.Value.Shape.AsSpan().SequenceEqual(weights[p.Value].Shape))
            .Select(p => $"{p.Value}: expected {Tensor.DescribeShape(p.Key.Value.Shape)}, got {Tensor.DescribeShape(weights[p.Value].Shape)}")
            .ToList();
        if (missing.Count + unexpected.Count + wrong.Count > 0)
            throw new CheckpointException(Faults(module, missing, unexpected, wrong));

        using var noGradient = GradientMode.None();
        foreach (var (parameter, name) in byParameter)
            parameter.Value.CopyInPlace(weights[name]);
    }

    /// <summary>The parameters by full name, each once; the tensors stay the module's.</summary>
    public static Dictionary<string, Tensor> State(this Module module) =>
        module.NamedParameters().ToDictionary(p => p.Name, p => p.Parameter.Value, StringComparer.Ordinal);

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
