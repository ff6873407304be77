//! ONNX message to [`Graph`]: names become ids, the order becomes topological, and whatever is
//! broken or beyond Ansatz is reported, all of it in one go.

use super::graph::{DeclaredDim, Graph, GraphInput, Initializer, Node, TensorId};
use super::names::module_path;
use super::onnx::{
    GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, tensor_shape_proto::dimension, type_proto,
};
use super::supported;
use super::tensor::{self, TensorError};
use crate::diagnostics::messages::model::{self as messages, Fault, NodeLabel, Unsupported};
use crate::diagnostics::{Diagnostic, any_error};
use crate::engine::DType;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most nodes of a graph. Libraries take a time that grows faster than their number.
const NODE_LIMIT: usize = 50_000;

/// At most this many findings about one file are reported.
const FINDINGS: usize = 20;

/// The graph of a model message, with warnings. External data must have been read in before.
/// `path` is only for messages.
///
/// # Errors
/// Everything that is broken (`A3004`) or not supported (`A3005`), at most 20 findings.
pub fn from_proto(model: ModelProto, path: &str) -> Result<(Graph, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut findings = supported::check_model(&model, path);
    let (ir_version, opset) = (model.ir_version(), supported::opset(&model).unwrap_or_default());
    let Some(proto) = model.graph else {
        findings.push(messages::broken(path, None, &Fault::NoGraph));
        return Err(findings);
    };
    findings.extend(proto.node.iter().filter_map(|node| supported::check_node(node, path)).take(FINDINGS));
    let mut reader = Reader::new(path, ir_version, opset);
    reader.read(proto);
    findings.append(&mut reader.findings);
    if !any_error(&findings) {
        findings.extend(supported::check_cone(&reader.graph, path));
    }
    findings.truncate(FINDINGS);
    if any_error(&findings) { Err(findings) } else { Ok((reader.graph, findings)) }
}

/// How messages refer to a node.
pub(super) fn label(node: &NodeProto) -> NodeLabel {
    let name = if node.name().is_empty() { node.output.first().map_or("", String::as_str) } else { node.name() };
    NodeLabel { name: name.to_owned(), op: node.op_type().to_owned(), module: module_path(node) }
}

struct Reader<'a> {
    path: &'a str,
    graph: Graph,
    ids: BTreeMap<String, TensorId>,
    findings: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    fn new(path: &'a str, ir_version: i64, opset: i64) -> Self {
        let graph = Graph { ir_version, opset, ..Graph::default() };
        Reader { path, graph, ids: BTreeMap::new(), findings: Vec::new() }
    }

    fn read(&mut self, proto: GraphProto) {
        if proto.node.len() > NODE_LIMIT {
            return self.refuse(&Unsupported::TooManyParts);
        }
        if proto.node.is_empty() {
            self.broken(None, &Fault::NoNodes);
        }
        if proto.output.is_empty() {
            self.broken(None, &Fault::NoOutputs);
        }
        for sparse in &proto.sparse_initializer {
            let name = sparse.values.as_ref().map_or("", TensorProto::name);
            self.refuse(&Unsupported::Sparse(name.to_owned()));
        }
        proto.initializer.into_iter().for_each(|initializer| self.initializer(initializer));
        proto.input.iter().for_each(|input| self.input(input));
        if self.graph.inputs.is_empty() && !proto.node.is_empty() {
            self.broken(None, &Fault::NoInputs);
        }
        self.nodes(proto.node);
        let mut seen = BTreeSet::new();
        for output in &proto.output {
            match self.ids.get(output.name()) {
                Some(id) if seen.insert(*id) => self.graph.outputs.push(*id),
                Some(_) => {}
                None => self.broken(None, &Fault::UnknownOutput(output.name().to_owned())),
            }
        }
    }

    fn broken(&mut self, node: Option<&NodeProto>, fault: &Fault) {
        if self.findings.len() < FINDINGS {
            self.findings.push(messages::broken(self.path, node.map(label).as_ref(), fault));
        }
    }

    fn refuse(&mut self, what: &Unsupported) {
        if self.findings.len() < FINDINGS {
            self.findings.push(messages::unsupported(self.path, None, what));
        }
    }

    /// A new value; reports a name that is taken.
    fn declare(&mut self, name: &str, node: Option<&NodeProto>) -> Option<TensorId> {
        if self.ids.contains_key(name) {
            self.broken(node, &Fault::DuplicateValue(name.to_owned()));
            return None;
        }
        let id = self.graph.add_tensor(name.to_owned());
        self.ids.insert(name.to_owned(), id);
        Some(id)
    }

    fn initializer(&mut self, proto: TensorProto) {
        let name = proto.name().to_owned();
        let checked = match DType::from_onnx(proto.data_type()) {
            Some(dtype) => tensor::check_storage(&proto, dtype),
            // Only weights in use are refused for their type, when all nodes are known.
            None => tensor::element_count(&proto.dims).map(|_| ()),
        };
        match checked {
            Ok(()) => {}
            Err(TensorError::External) => self.broken(None, &Fault::ExternalUnread(name.clone())),
            Err(error) => self.broken(None, &Fault::Constant(name.clone(), error.to_string())),
        }
        if let Some(tensor) = self.declare(&name, None) {
            self.graph.initializers.insert(tensor, Initializer { tensor, proto: Arc::new(proto) });
        }
    }

    /// Old files list initialisers among the inputs too: those are not inputs.
    fn input(&mut self, proto: &ValueInfoProto) {
        let name = proto.name();
        if self.ids.get(name).is_some_and(|id| self.graph.initializers.contains_key(id)) {
            return;
        }
        let Some(tensor) = self.declare(name, None) else { return };
        let value = proto.r#type.as_ref().and_then(|declared| declared.value.as_ref());
        let Some(type_proto::Value::TensorType(declared)) = value else {
            return self.refuse(&Unsupported::InputNotTensor(name.to_owned()));
        };
        if DType::from_onnx(declared.elem_type()).is_none() {
            self.refuse(&Unsupported::Element(name.to_owned(), tensor::element_name(declared.elem_type())));
        }
        let Some(shape) = &declared.shape else {
            return self.refuse(&Unsupported::InputWithoutShape(name.to_owned()));
        };
        let dims = shape.dim.iter().map(|dim| self.dim(name, dim.value.as_ref())).collect();
        self.graph.inputs.push(GraphInput { tensor, element: declared.elem_type(), dims });
    }

    fn dim(&mut self, input: &str, value: Option<&dimension::Value>) -> DeclaredDim {
        match value {
            Some(dimension::Value::DimValue(size)) => match u64::try_from(*size) {
                Ok(size) => DeclaredDim::Size(size),
                Err(_) => {
                    self.broken(None, &Fault::InputDim(input.to_owned(), *size));
                    DeclaredDim::Free(String::new())
                }
            },
            Some(dimension::Value::DimParam(name)) => DeclaredDim::Free(name.clone()),
            None => DeclaredDim::Free(String::new()),
        }
    }

    fn nodes(&mut self, protos: Vec<NodeProto>) {
        let mut producers: BTreeMap<TensorId, usize> = BTreeMap::new();
        for (at, proto) in protos.iter().enumerate() {
            for output in proto.output.iter().filter(|output| !output.is_empty()) {
                if let Some(id) = self.declare(output, Some(proto)) {
                    producers.insert(id, at);
                }
            }
        }
        for proto in &protos {
            for input in proto.input.iter().filter(|input| !input.is_empty()) {
                if !self.ids.contains_key(input) {
                    self.broken(Some(proto), &Fault::UndefinedInput(input.clone()));
                }
            }
        }
        let order = self.order(&protos, &producers);
        let mut slots: Vec<Option<NodeProto>> = protos.into_iter().map(Some).collect();
        for at in order {
            if let Some(proto) = slots.get_mut(at).and_then(Option::take) {
                let node = self.node(proto);
                self.graph.add_node(node);
            }
        }
    }

    /// The nodes' indices so that each comes after those it needs, close to the file's order.
    fn order(&mut self, protos: &[NodeProto], producers: &BTreeMap<TensorId, usize>) -> Vec<usize> {
        let needs = |proto: &NodeProto| -> BTreeSet<usize> {
            proto.input.iter().filter_map(|input| producers.get(self.ids.get(input)?).copied()).collect()
        };
        let mut waiting: Vec<BTreeSet<usize>> = protos.iter().map(needs).collect();
        let mut users: Vec<Vec<usize>> = vec![Vec::new(); protos.len()];
        for (at, needed) in waiting.iter().enumerate() {
            for producer in needed {
                users[*producer].push(at);
            }
        }
        let mut ready: BTreeSet<usize> = (0..protos.len()).filter(|at| waiting[*at].is_empty()).collect();
        let mut order = Vec::with_capacity(protos.len());
        while let Some(at) = ready.pop_first() {
            order.push(at);
            for user in &users[at] {
                waiting[*user].remove(&at);
                if waiting[*user].is_empty() {
                    ready.insert(*user);
                }
            }
        }
        if order.len() < protos.len() {
            let cycle = cycle(&waiting);
            let first = cycle.first().and_then(|at| protos.get(*at));
            let names = cycle.iter().filter_map(|at| protos.get(*at)).map(|node| label(node).name).collect();
            self.broken(first, &Fault::Cycle(names));
        } else if let Some(pair) = order.windows(2).find(|pair| pair[0] > pair[1]) {
            self.findings.push(messages::out_of_order(self.path, &label(&protos[pair[1]])));
        }
        order
    }

    fn node(&mut self, proto: NodeProto) -> Node {
        let module = module_path(&proto);
        let ids = |names: &[String]| names.iter().map(|name| self.ids.get(name).copied()).collect();
        let (inputs, outputs) = (ids(&proto.input), ids(&proto.output));
        let domain = match proto.domain.unwrap_or_default() {
            domain if domain == supported::STANDARD_DOMAIN => String::new(),
            domain => domain,
        };
        Node {
            name: proto.name.unwrap_or_default(),
            op: proto.op_type.unwrap_or_default(),
            domain,
            inputs,
            outputs,
            attributes: Arc::new(proto.attribute),
            module,
        }
    }
}

/// One cycle among the nodes that still wait for each other.
fn cycle(waiting: &[BTreeSet<usize>]) -> Vec<usize> {
    let mut walked: Vec<usize> = Vec::new();
    let mut position: BTreeMap<usize, usize> = BTreeMap::new();
    let mut at = waiting.iter().position(|needed| !needed.is_empty());
    while let Some(node) = at {
        if let Some(start) = position.get(&node) {
            return walked.split_off(*start);
        }
        position.insert(node, walked.len());
        walked.push(node);
        at = waiting.get(node).and_then(|needed| needed.first().copied());
    }
    walked
}
